// A person by name and picture, or by id; and a field that takes one.

import { useRef, useState } from "preact/hooks";
import { isUuid } from "../model/people.js";
import { newId, useUi } from "./ui.js";

export function PersonName({ id }: { id: string }) {
  const { centre } = useUi();
  const person = centre.people.get(id);
  const isId = person.name === id;
  return (
    <span class="person" part="person">
      {person.picture ? (
        <img class="picture" src={person.picture} alt="" width="32" height="32" loading="lazy" />
      ) : (
        <span class="picture" aria-hidden="true">
          {isId ? "" : Array.from(person.name)[0]}
        </span>
      )}
      <bdi class={isId ? "id" : "name"}>{person.name}</bdi>
    </span>
  );
}

/** The name of a person within a sentence: a long id is cut to its end, which differs most. */
export function shortName(name: string): string {
  return isUuid(name) ? `…${name.slice(-12)}` : name;
}

export interface PersonFieldProps {
  label: string;
  /** Carries out with the person. The field is emptied if it says that it came about. */
  submit: (id: string) => Promise<boolean>;
  button: string;
  isBusy?: boolean;
  children?: preact.ComponentChildren;
}

/** A form that takes a person: by the product's picker, by name where names are known, or by id. */
export function PersonField(props: PersonFieldProps) {
  const { centre, t, format, choosePerson } = useUi();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [id] = useState(() => newId("person"));
  const input = useRef<HTMLInputElement>(null);
  const isChoosing = useRef(false);
  const known = centre.people.all;
  const submit = async (event: Event) => {
    event.preventDefault();
    const person = centre.people.find(text);
    if (!person) {
      const unknown = known.length > 0 ? t.picker.unknown : t.picker.unknownId;
      setProblem(text.trim() ? format.fill(unknown, { text: text.trim() }) : t.picker.missing);
      input.current?.focus();
      return;
    }
    setProblem("");
    // What was typed meanwhile stays.
    if (await props.submit(person)) setText((now) => (now === text ? "" : now));
    focusAgain();
  };
  const choose = async () => {
    if (isChoosing.current || !choosePerson) return;
    isChoosing.current = true;
    try {
      const chosen = await choosePerson();
      if (typeof chosen === "string" && chosen) setText(chosen);
      setProblem("");
      input.current?.focus();
    } catch {
      setProblem(t.picker.failed);
    } finally {
      isChoosing.current = false;
    }
  };
  /** Puts the focus into the field, unless the user went somewhere else meanwhile. */
  const focusAgain = () => {
    const field = input.current;
    const active = (field?.getRootNode() as ShadowRoot | undefined)?.activeElement;
    if (!active || field?.form?.contains(active)) field?.focus();
  };
  return (
    <form class="field-row" onSubmit={submit} noValidate>
      <div class="field">
        <label for={id}>{props.label}</label>
        <input
          id={id}
          ref={input}
          type="text"
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          value={text}
          list={known.length > 0 ? `${id}-known` : undefined}
          aria-describedby={`${id}-hint ${id}-problem`}
          aria-invalid={problem ? "true" : undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {known.length > 0 && (
          <datalist id={`${id}-known`}>
            {known.map((person) => (
              <option key={person.id} value={person.name} />
            ))}
          </datalist>
        )}
        <p class="hint" id={`${id}-hint`}>
          {known.length > 0 ? t.picker.hint : t.picker.idHint}
        </p>
        <p class="problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      </div>
      {props.children}
      <div class="field-actions">
        {choosePerson && (
          <button type="button" onClick={choose}>
            {t.picker.choose}
          </button>
        )}
        <button type="submit" class="primary" aria-disabled={props.isBusy}>
          {props.button}
        </button>
      </div>
    </form>
  );
}
