// The build for bundlers that take a WebAssembly module as an import.

import * as glue from "./glue/bundler.js";
import type declared from "./index.js";
import { use } from "./module.js";

export * from "./api.js";

use(glue);

const init: typeof declared = async () => {};

export default init;
