// A failure in words, with a way to try again.

import type { ComponentChildren } from "preact";
import type { Failure } from "../api/failure.js";
import { useWords } from "./ui.js";

export function FailureNote(props: { failure: Failure; retry?: (() => void) | undefined; children?: ComponentChildren }) {
  const { t, format } = useWords();
  return (
    <div class="note failure" role="alert" part="failure">
      <p>
        {props.children} {format.failure(props.failure)}
      </p>
      {props.retry && (
        <button type="button" onClick={props.retry}>
          {t.tryAgain}
        </button>
      )}
    </div>
  );
}
