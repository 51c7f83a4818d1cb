// A value that is typed: text, a number, or JSON. What was typed stays until it is saved, also while another view is shown.

import { useEffect, useRef, useState } from "preact/hooks";
import { isExact, sameValue } from "../model/values.js";
import type { ControlProps } from "./setting_control.js";
import { useUi } from "./ui.js";

export function TextValue(props: {
  control: ControlProps;
  schema: Record<string, unknown>;
  saveLabel: string;
  label?: string;
}) {
  const { centre, t } = useUi();
  const { control, schema } = props;
  const kind = kindOf(schema);
  const kept = centre.drafts.get(control.id);
  const [draft, showDraft] = useState<string | null>(kept?.text ?? null);
  const [problem, setProblem] = useState("");
  /** What was shown when typing began. */
  const seen = useRef(kept?.seen ?? null);
  const setDraft = (text: string | null) => {
    if (text === null) {
      seen.current = null;
      centre.drafts.delete(control.id);
    } else centre.drafts.set(control.id, { text, seen: seen.current });
    showDraft(text);
  };
  const shown = draft ?? (kind === "json" ? JSON.stringify(control.value) : String(control.value ?? ""));
  const save = (event: Event) => {
    event.preventDefault();
    if (draft === null) return;
    const parsed = parse(draft, kind);
    if (parsed === undefined) return setProblem(isExact(draft) ? t.preferences.notJson : t.preferences.tooLarge);
    setProblem("");
    // The button goes once the value is saved.
    (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>("input, textarea")?.focus();
    control.change(parsed, seen.current ? seen.current.value : control.value);
    seen.current = null;
    setDraft(draft);
  };
  // What was typed is the present value now. What another device makes of it later is shown.
  useEffect(() => {
    if (draft !== null && sameValue(parse(draft, kind), control.value)) setDraft(null);
  }, [control.value]);
  const isSaved = draft === null || sameValue(parse(draft, kind), control.value);
  const input = {
    id: control.id,
    value: shown,
    disabled: control.isLocked,
    "aria-busy": control.isBusy,
    "aria-label": props.label,
    "aria-describedby": control.describedBy,
    "aria-invalid": problem ? ("true" as const) : undefined,
    onInput: (event: { currentTarget: { value: string } }) => {
      seen.current ??= { value: control.value };
      setDraft(event.currentTarget.value);
    },
  };
  return (
    <form class="text-value" onSubmit={save} noValidate>
      {kind === "json" ? (
        <textarea {...input} rows={3} spellcheck={false} />
      ) : kind === "number" ? (
        <input
          {...input}
          type="number"
          step={schema["type"] === "integer" ? 1 : "any"}
          min={numberOf(schema["minimum"])}
          max={numberOf(schema["maximum"])}
        />
      ) : (
        <input {...input} type="text" maxLength={numberOf(schema["maxLength"])} />
      )}
      {!isSaved && (
        <button type="submit" class="primary" aria-label={props.saveLabel} aria-disabled={control.isBusy}>
          {t.preferences.save}
        </button>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

type Kind = "text" | "number" | "json";

function kindOf(schema: Record<string, unknown>): Kind {
  if (schema["type"] === "string") return "text";
  return schema["type"] === "integer" || schema["type"] === "number" ? "number" : "json";
}

/** The value that was typed; undefined if it is none of its kind, or rounded. The server decides whether it is taken. */
function parse(text: string, kind: Kind): unknown {
  if (kind === "text") return text;
  if (!isExact(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return kind === "number" ? text : undefined;
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
