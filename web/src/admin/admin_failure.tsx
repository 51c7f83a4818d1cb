// A failure on the staff page: who lacks a scope is told which, and who does not exist is said to be absent.

import type { Failure } from "../api/failure.js";
import { FailureNote } from "../parts/failure_note.js";
import { useWords } from "../parts/ui.js";

export function AdminFailure(props: { failure: Failure; scope: string; retry?: (() => void) | undefined }) {
  const { t, format } = useWords();
  const { kind } = props.failure;
  if (kind !== "forbidden" && kind !== "missing") return <FailureNote failure={props.failure} retry={props.retry} />;
  const text = kind === "missing" ? t.admin.absent : format.fill(t.admin.scope, { scope: props.scope });
  return (
    <p class="note failure" role="alert">
      {text}
    </p>
  );
}
