// Downloads everything that is held about the user.

import { useState } from "preact/hooks";
import { saveFile } from "../format/files.js";
import { FailureNote } from "../parts/failure_note.js";
import { useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

export function ExportSection() {
  const { centre, t, format } = useUi();
  const [file, setFile] = useState("");
  const download = useAction();
  const carryOut = () =>
    download.run(async () => {
      // As the server sends it: numbers may have more digits than JavaScript keeps.
      const { data } = await centre.api.ask<string>((client, signal) =>
        client.GET("/api/v1/users/me/export", { signal, parseAs: "text" }),
      );
      const name = `privacy-${new Date().toISOString().slice(0, 10)}.json`;
      saveFile(name, "application/json", data);
      setFile(name);
    });
  return (
    <section aria-labelledby="export">
      <h3 id="export">{t.data.export}</h3>
      <p class="muted">{t.data.exportAbout}</p>
      <p>
        <button type="button" aria-disabled={download.isBusy} onClick={() => void carryOut()}>
          {t.data.exportButton}
        </button>
      </p>
      <p role="status">{download.isBusy ? t.working : file && format.fill(t.data.exported, { file })}</p>
      {download.failure && <FailureNote failure={download.failure} retry={download.retry} />}
    </section>
  );
}
