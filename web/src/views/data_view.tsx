// The user's data as a whole: taking it along, bringing it in, deleting it.

import { DeleteSection } from "./delete_section.js";
import { ExportSection } from "./export_section.js";
import { ImportSection } from "./import_section.js";

export function DataView() {
  return (
    <>
      <ExportSection />
      <ImportSection />
      <DeleteSection />
    </>
  );
}
