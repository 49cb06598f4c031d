// The audit: its pages by keys.

import { onKeys } from "./frame_keys.js";

const to = (rel) => () => document.querySelector(`a[rel=${rel}]`)?.click();
onKeys({ "/": () => document.getElementById("wanted").focus(), ArrowLeft: to("prev"), ArrowRight: to("next") });
