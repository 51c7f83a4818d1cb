// Deletes the account: what it means, a question that asks for a deliberate answer, and the receipt.

import { useRef, useState } from "preact/hooks";
import { FailureNote } from "../parts/failure_note.js";
import { useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

export function DeleteSection() {
  const { centre, t } = useUi();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isSure, setSure] = useState(false);
  const erase = useAction();
  return (
    <section aria-labelledby="delete">
      <h3 id="delete">{t.data.delete}</h3>
      <p class="muted">{t.data.deleteAbout}</p>
      <ul class="muted">
        {t.data.deleteWhat.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
      <button type="button" class="danger" onClick={() => dialog.current?.showModal()}>
        {t.data.deleteOpen}
      </button>
      <dialog ref={dialog} aria-labelledby="delete-ask" onClose={() => setSure(false)}>
        <h4 id="delete-ask">{t.data.deleteAsk}</h4>
        <p>{t.data.deleteAbout}</p>
        <label class="check">
          <input type="checkbox" checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} />{" "}
          {t.data.deleteConfirm}
        </label>
        {erase.failure && <FailureNote failure={erase.failure} />}
        <p class="buttons">
          <button
            type="button"
            class="danger"
            disabled={!isSure}
            aria-disabled={erase.isBusy}
            onClick={() => void erase.run(() => centre.erase())}
          >
            {t.data.deleteButton}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.cancel}
          </button>
        </p>
      </dialog>
    </section>
  );
}
