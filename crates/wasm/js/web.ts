// The build for pages and workers: the module is fetched.

import load, * as glue from "./glue/afterimage.js";
import type declared from "./index.js";
import { use } from "./module.js";

export * from "./api.js";

let loading: Promise<void> | undefined;

const init: typeof declared = (source) => {
  loading ??= load(source === undefined ? undefined : { module_or_path: source }).then(
    () => use(glue),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
};

export default init;
