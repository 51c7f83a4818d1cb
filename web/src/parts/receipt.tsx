// An erasure receipt, to keep.

import { useRef, useState } from "preact/hooks";
import { saveFile } from "../format/files.js";
import { useWords } from "./ui.js";

export function Receipt({ receipt }: { receipt: string }) {
  const { t } = useWords();
  const [told, tell] = useState("");
  const text = useRef<HTMLTextAreaElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(receipt);
      tell(t.copied);
    } catch {
      // Pages without TLS, and users, may forbid it.
      text.current?.select();
      tell(t.notCopied);
    }
  };
  return (
    <div class="panel" part="receipt">
      <p>
        <strong>{t.data.receipt}.</strong> {t.data.receiptAbout}
      </p>
      <textarea ref={text} class="id" readOnly rows={4} aria-label={t.data.receipt} value={receipt} />
      <p class="buttons">
        <button type="button" class="primary" onClick={() => saveFile("privacy-receipt.jws", "application/jose", receipt)}>
          {t.download}
        </button>
        <button type="button" onClick={() => void copy()}>
          {t.copy}
        </button>
        <span role="status">{told}</span>
      </p>
    </div>
  );
}
