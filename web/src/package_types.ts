// Holds the types of the npm package to the element: it does not compile if the package promises what the element lacks.

import type { PrivetCentre } from "./element.js";
import type { PrivetCentre as Packaged } from "./privet-centre.js";

export type IsKept = PrivetCentre extends Packaged ? true : never;
export const isKept: IsKept = true;
