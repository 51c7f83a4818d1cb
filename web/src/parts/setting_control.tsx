// The control of a setting, and how its change goes. It shows the value that the server has until another one is saved.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Setting, Value } from "../model/catalogue.js";
import { sameValue } from "../model/values.js";
import { FailureNote } from "./failure_note.js";
import { leave } from "./focus.js";
import { useUi } from "./ui.js";

/** Milliseconds after the last key until a choice made by keyboard is sent. */
const PAUSE = 1_200;

export interface ControlProps {
  id: string;
  describedBy?: string | undefined;
  value: Value;
  isBusy: boolean;
  isLocked: boolean;
  /** Changes it; `seen` is what was shown when the value was chosen, by default what is shown now. */
  change: (value: Value, seen?: Value) => void;
}

/** A value that is chosen, but not sent yet, and what was shown when it was. */
interface Draft {
  value: Value;
  seen: Value;
}

/** A switch. */
export function Switch({ id, describedBy, value, isBusy, isLocked, change }: ControlProps) {
  return (
    <input
      id={id}
      type="checkbox"
      role="switch"
      part="switch"
      checked={value === true}
      disabled={isLocked}
      aria-busy={isBusy}
      aria-describedby={describedBy}
      onChange={(event) => {
        const wanted = event.currentTarget.checked;
        event.currentTarget.checked = value === true;
        if (!isBusy) change(wanted);
      }}
    />
  );
}

/**
 * A choice among values. Arrow keys change a closed list with each press, so that what is chosen by keyboard is sent
 * after a pause, with Enter, or when the control is left; Escape takes it back.
 */
export function Choice(props: ControlProps & { values: Value[]; nameOf: (value: Value) => string }) {
  const { value, values, isBusy, change } = props;
  const [draft, showDraft] = useState<Draft | null>(null);
  // The next key may come before the draft is drawn.
  const pending = useRef<Draft | null>(null);
  const byKey = useRef(false);
  // By value, not by place: the list may be another one when the draft is sent.
  const placeOf = (wanted: Value) => values.findIndex((it) => sameValue(it, wanted));
  const present = placeOf(value);
  const shown = draft ? placeOf(draft.value) : present;
  const setDraft = (next: Draft | null) => {
    pending.current = next;
    showDraft(next);
  };
  const commit = () => {
    const chosen = pending.current;
    setDraft(null);
    byKey.current = false;
    if (chosen && !sameValue(chosen.value, chosen.seen)) change(chosen.value, chosen.seen);
  };
  useEffect(() => {
    if (draft === null) return;
    const timer = setTimeout(commit, PAUSE);
    return () => clearTimeout(timer);
  }, [draft]);
  return (
    <select
      id={props.id}
      part="select"
      value={String(shown)}
      disabled={props.isLocked}
      aria-busy={isBusy}
      aria-describedby={props.describedBy}
      onKeyDown={(event) => {
        if (event.key === "Enter" && pending.current !== null) {
          // Some browsers would open the list, with the value that stood before.
          event.preventDefault();
          commit();
        } else if (event.key === "Escape") setDraft(null);
        else byKey.current = event.key !== "Tab" && event.key !== "Shift";
      }}
      onPointerDown={() => (byKey.current = false)}
      onBlur={commit}
      onChange={(event) => {
        const chosen = values[Number(event.currentTarget.value)];
        event.currentTarget.value = String(shown);
        if (chosen === undefined) return;
        setDraft({ value: chosen, seen: pending.current ? pending.current.seen : value });
        if (!byKey.current) commit();
      }}
    >
      {present < 0 && <option value="-1">{props.nameOf(value)}</option>}
      {values.map((it, index) => (
        <option key={index} value={String(index)}>
          {props.nameOf(it)}
        </option>
      ))}
    </select>
  );
}

/** How the change of a setting goes: under way, failed, or met by another one. */
export function ChangeState({ setting }: { setting: Setting }) {
  const { centre, t, format } = useUi();
  const change = centre.settings.changes.get(setting.name);
  if (!change) return null;
  const words = (value: Value) => format.value(setting, value);
  const dismiss = (event: Event) => {
    leave(event);
    centre.settings.dismiss(setting.name);
  };
  const send = () => void centre.settings.change(setting.name, change.value);
  const use = (event: Event) => {
    leave(event);
    send();
  };
  switch (change.state) {
    case "saving":
      return (
        <p class="state muted" part="saving">
          {format.fill(t.saving, { value: words(change.value) })}
        </p>
      );
    case "waiting":
      return (
        <div class="note" role="alert" part="waiting">
          <p>
            {format.fill(t.failures.notSaved, { value: words(change.value) })}{" "}
            {format.count(t.failures.waiting, change.seconds)}
          </p>
          <p class="buttons">
            <button type="button" onClick={dismiss}>
              {format.fill(t.conflict.keep, { value: words(setting.value) })}
            </button>
          </p>
        </div>
      );
    case "failed":
      return (
        <FailureNote failure={change.failure} retry={change.failure.kind === "locked" ? undefined : send}>
          {format.fill(t.failures.notSaved, { value: words(change.value) })}
        </FailureNote>
      );
    case "conflict":
      return (
        <div class="note conflict" role="alert" part="conflict">
          <p>
            {t.conflict.title} {format.fill(t.conflict.present, { value: words(setting.value) })}{" "}
            {format.fill(t.conflict.yours, { value: words(change.value) })}
          </p>
          <p class="buttons">
            <button type="button" onClick={dismiss}>
              {format.fill(t.conflict.keep, { value: words(setting.value) })}
            </button>
            <button type="button" onClick={use}>
              {format.fill(t.conflict.use, { value: words(change.value) })}
            </button>
          </p>
        </div>
      );
  }
}

/** Why a setting is as it is: the note where it is locked, the layer that it comes from, a choice that is kept. */
export function SourceNote({ setting }: { setting: Setting }) {
  const { t, format } = useUi();
  const layer = setting.source.startsWith("layer:") ? setting.source.slice("layer:".length) : null;
  const note = setting.note ? format.catalogue(setting.note) : null;
  const isKept = "chosen" in setting && !sameValue(setting.chosen, setting.value);
  return (
    <>
      {setting.locked && (
        <p class="lock" part="lock">
          <LockSign /> {note ? format.fill(t.lockedNote, { note }) : t.locked}
        </p>
      )}
      {!setting.locked && note && (
        <p class="muted">
          <bdi>{note}</bdi>
        </p>
      )}
      {layer && !note && <p class="muted">{format.fill(t.layerNote, { layer })}</p>}
      {isKept && <p class="muted">{format.fill(t.keptChoice, { value: format.value(setting, setting.chosen) })}</p>}
    </>
  );
}

function LockSign() {
  return (
    <svg class="sign" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2H13v7H3V7h1.5Zm1.5 0h4V5a2 2 0 1 0-4 0v2Z" fill="currentColor" />
    </svg>
  );
}
