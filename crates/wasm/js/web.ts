// The build for pages and workers: the module is fetched.

import load, * as glue from "./glue/afterimage.js";
import { use } from "./module.js";

export * from "./api.js";

let loading: Promise<void> | undefined;

export default function init(source?: Parameters<typeof load>[0]): Promise<void> {
  loading ??= load(source === undefined ? undefined : { module_or_path: source }).then(
    () => use(glue),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
