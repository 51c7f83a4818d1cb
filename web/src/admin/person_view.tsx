// One person: found by id, looked at with a reason.

import { useState } from "preact/hooks";
import type { SupportView } from "../api/answers.js";
import { isUuid } from "../model/people.js";
import { useWords } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";
import { AdminFailure } from "./admin_failure.js";
import { CohortsSection, EraseSection, ExplainSection, HistorySection } from "./person_sections.js";
import { SettingsSection } from "./settings_section.js";
import type { Support } from "./support.js";

/** Printable ASCII, with spaces inside. */
const REASON = /^[!-~]([ -~]{0,198}[!-~])?$/;

export function PersonView(props: { support: Support; reason: string; setReason: (reason: string) => void }) {
  const { t, format } = useWords();
  const { support } = props;
  const [id, setId] = useState("");
  const [problems, setProblems] = useState({ id: "", reason: "" });
  const [seen, setSeen] = useState<{ view: SupportView; reason: string } | null>(null);
  const look = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    // Else the answer about one person would follow the form of another.
    if (look.isBusy) return;
    const reason = props.reason.trim();
    const found = {
      id: isUuid(id.trim()) ? "" : t.admin.notUuid,
      reason: REASON.test(reason) ? "" : t.admin.noReason,
    };
    setProblems(found);
    if (found.id || found.reason) return;
    setSeen(null);
    void look.run(async () => setSeen({ view: await support.look(id.trim().toLowerCase(), reason), reason }));
  };
  return (
    <>
      <form class="field-row" onSubmit={submit} noValidate>
        <Field name="person" label={t.admin.id} isId value={id} problem={problems.id} change={setId} />
        <Field
          name="reason"
          label={t.admin.reason}
          hint={t.admin.reasonHint}
          value={props.reason}
          problem={problems.reason}
          change={props.setReason}
        />
        <div class="field-actions">
          <button type="submit" class="primary" aria-disabled={look.isBusy}>
            {t.admin.show}
          </button>
        </div>
      </form>
      <p class="note">{format.fill(t.admin.onRecord, { id: support.me })}</p>
      {look.failure && <AdminFailure failure={look.failure} scope="users:support" retry={look.retry} />}
      {seen && (
        <div key={seen.view.user_id + seen.reason}>
          <section aria-labelledby="found">
            <h3 id="found">
              <span class="id">{seen.view.user_id}</span>
            </h3>
            <p class="muted">{format.fill(t.admin.created, { date: format.date(seen.view.created_at) })}</p>
            <dl class="pairs">
              {Object.entries(t.admin.counts).map(([key, label]) => (
                <div key={key}>
                  <dt>{label}</dt>
                  <dd>{format.number(seen.view.counts[key as keyof SupportView["counts"]])}</dd>
                </div>
              ))}
            </dl>
          </section>
          <SettingsSection support={support} view={seen.view} reason={seen.reason} />
          <ExplainSection support={support} person={seen.view.user_id} reason={seen.reason} />
          <HistorySection support={support} view={seen.view} reason={seen.reason} />
          <CohortsSection support={support} view={seen.view} />
          <EraseSection support={support} person={seen.view.user_id} />
        </div>
      )}
    </>
  );
}

/** A field with its hint and its problem. */
export function Field(props: {
  name: string;
  label: string;
  value: string;
  change: (value: string) => void;
  hint?: string;
  problem?: string;
  /** Whether it takes an id. */
  isId?: boolean;
}) {
  const { name } = props;
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      <input
        id={name}
        class={props.isId ? "id" : undefined}
        type="text"
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        value={props.value}
        aria-describedby={`${name}-hint ${name}-problem`}
        aria-invalid={props.problem ? "true" : undefined}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
      <p class="hint" id={`${name}-hint`}>
        {props.hint}
      </p>
      <p class="problem" id={`${name}-problem`} role="alert">
        {props.problem}
      </p>
    </div>
  );
}
