// The exceptions of one action: who always and who never may.

import { useState } from "preact/hooks";
import type { Action, PersonExceptions } from "../model/catalogue.js";
import type { Centre } from "../model/centre.js";
import { FailureNote } from "../parts/failure_note.js";
import { useKeptFocus } from "../parts/focus.js";
import { PersonField, PersonName, shortName } from "../parts/person.js";
import { newId, useUi } from "../parts/ui.js";
import { useAction } from "../parts/use_action.js";

type Rule = "always" | "never";

export function ActionExceptions({ action, title }: { action: Action; title: string }) {
  const { centre, t, format } = useUi();
  const [isOpen, setOpen] = useState(false);
  const [id] = useState(() => newId("exceptions"));
  const people = (centre.exceptions.items ?? []).filter((person) => action.name in person.exceptions);
  const text = people.length > 0 ? format.count(t.exceptions.count, people.length) : t.exceptions.open;
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={format.fill(t.exceptions.openOf, { text, action: title })}
        onClick={() => setOpen(!isOpen)}
      >
        {text}
      </button>
      {isOpen && (
        <div class="panel" id={id} role="group" aria-label={format.fill(t.exceptions.openFor, { action: title })}>
          <Editor action={action} people={people} />
        </div>
      )}
    </>
  );
}

function Editor({ action, people }: { action: Action; people: PersonExceptions[] }) {
  const { centre, t, format } = useUi();
  const [rule, setRule] = useState<Rule>("never");
  const [ruleId] = useState(() => newId("rule"));
  const set = useAction();
  const box = useKeptFocus<HTMLDivElement>((it) => it.querySelector("input")?.focus());
  const change = (person: string, to: Rule | null) => set.run(() => setException(centre, person, action.name, to));
  return (
    <div ref={box}>
      <p class="muted">{t.exceptions.explain}</p>
      {people.length > 0 ? (
        <ul class="rows">
          {people.map((person) => {
            const name = shortName(centre.people.get(person.user_id).name);
            return (
              <li key={person.user_id} class="row">
                <PersonName id={person.user_id} />
                <span class="row-actions">
                  <select
                    aria-label={format.fill(t.exceptions.which, { person: name })}
                    value={person.exceptions[action.name]}
                    aria-disabled={set.isBusy}
                    onChange={(event) => {
                      const wanted = event.currentTarget.value as Rule;
                      event.currentTarget.value = person.exceptions[action.name] ?? "never";
                      void change(person.user_id, wanted);
                    }}
                  >
                    <option value="always">{t.exceptions.always}</option>
                    <option value="never">{t.exceptions.never}</option>
                  </select>
                  <button
                    type="button"
                    aria-label={format.fill(t.removeOf, { person: name })}
                    aria-disabled={set.isBusy}
                    onClick={() => void change(person.user_id, null)}
                  >
                    {t.remove}
                  </button>
                </span>
              </li>
            );
          })}
        </ul>
      ) : (
        <p class="muted">{t.exceptions.empty}</p>
      )}
      {set.failure && <FailureNote failure={set.failure} retry={set.retry} />}
      <PersonField label={t.exceptions.person} button={t.add} isBusy={set.isBusy} submit={(person) => change(person, rule)}>
        <div class="field">
          <label for={ruleId}>{t.exceptions.rule}</label>
          <select id={ruleId} value={rule} onChange={(event) => setRule(event.currentTarget.value as Rule)}>
            <option value="always">{t.exceptions.always}</option>
            <option value="never">{t.exceptions.never}</option>
          </select>
        </div>
      </PersonField>
    </div>
  );
}

/** Sets or takes away one exception of a person. The others of theirs are read anew, since they are set together. */
async function setException(centre: Centre, person: string, action: string, rule: Rule | null): Promise<void> {
  const params = { path: { userId: person } };
  await centre.act("exceptions", person, async () => {
    const list = await readExceptions(centre, person);
    if (rule) list[action] = rule;
    else delete list[action];
    if (Object.keys(list).length > 0) {
      await centre.api.ask<unknown>((client, signal) =>
        client.PUT("/api/v1/privacy/exceptions/{userId}", { params, body: { exceptions: list as never }, signal }),
      );
    } else {
      await removeExceptions(centre, person);
    }
  });
}

async function readExceptions(centre: Centre, person: string): Promise<Record<string, Rule>> {
  const params = { path: { userId: person } };
  try {
    const { data } = await centre.api.ask<unknown>((client, signal) =>
      client.GET("/api/v1/privacy/exceptions/{userId}", { params, signal }),
    );
    return { ...(data as PersonExceptions).exceptions };
  } catch (error) {
    if ((error as { kind?: string }).kind === "missing") return {};
    throw error;
  }
}

/** Takes away all exceptions of a person; that there are none any more is what was wanted. */
export async function removeExceptions(centre: Centre, person: string): Promise<void> {
  const params = { path: { userId: person } };
  try {
    await centre.api.ask<unknown>((client, signal) =>
      client.DELETE("/api/v1/privacy/exceptions/{userId}", { params, signal }),
    );
  } catch (error) {
    if ((error as { kind?: string }).kind !== "missing") throw error;
  }
}
