// The build for Node: the module is read from its file.

import { readFileSync } from "node:fs";

import * as glue from "./glue/afterimage.js";
import type declared from "./index.js";
import { use } from "./module.js";

export * from "./api.js";

glue.initSync({ module: readFileSync(new URL("./glue/afterimage_bg.wasm", import.meta.url)) });
use(glue);

const init: typeof declared = async () => {};

export default init;
