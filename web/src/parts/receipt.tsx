// An erasure receipt, to keep.

import { useState } from "preact/hooks";
import { saveFile } from "../format/files.js";
import { useWords } from "./ui.js";

export function Receipt({ receipt }: { receipt: string }) {
  const { t } = useWords();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(receipt);
    setCopied(true);
  };
  return (
    <div class="panel" part="receipt">
      <p>
        <strong>{t.data.receipt}.</strong> {t.data.receiptAbout}
      </p>
      <textarea class="id" readOnly rows={4} aria-label={t.data.receipt} value={receipt} />
      <p class="buttons">
        <button type="button" class="primary" onClick={() => saveFile("privacy-receipt.jws", "application/jose", receipt)}>
          {t.download}
        </button>
        <button type="button" onClick={() => void copy()}>
          {t.copy}
        </button>
        <span role="status">{isCopied ? t.copied : ""}</span>
      </p>
    </div>
  );
}
