// The build for bundlers that take a WebAssembly module as an import.

import * as glue from "./glue/bundler.js";
import { use } from "./module.js";

export * from "./api.js";

use(glue);

export default async function init(): Promise<void> {}
