// A failure in words, with a way to try again.

import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { Failure } from "../api/failure.js";
import { leave } from "./focus.js";
import { UiContext, useWords } from "./ui.js";

export function FailureNote(props: { failure: Failure; retry?: (() => void) | undefined; children?: ComponentChildren }) {
  const { t, format } = useWords();
  const centre = useContext(UiContext)?.centre;
  const isOver = props.failure.kind === "signed_out" && centre?.session === "signed_in";
  return (
    <div class="note failure" role="alert" part="failure">
      <p>
        {props.children} {isOver ? t.failures.signedInAgain : format.failure(props.failure)}
      </p>
      {props.retry && (
        <button
          type="button"
          onClick={(event) => {
            leave(event);
            props.retry?.();
          }}
        >
          {t.tryAgain}
        </button>
      )}
    </div>
  );
}
