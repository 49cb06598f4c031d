// Agreement of reviewers: to its filter by a key.

import { onKeys } from "./frame_keys.js";

onKeys({ "/": () => document.getElementById("client").focus() });
