// Decisions in words: what a viewer may and may not, and why.

import type { Explained } from "../api/answers.js";
import { useWords } from "./ui.js";

type Heading = "h4" | "h5";

export function Decisions(props: {
  decisions: Record<string, Explained>;
  actions: { name: string; title: string }[];
  /** The level of the headings, one below that of what stands around them. */
  heading: Heading;
}) {
  const { t } = useWords();
  const entries = Object.entries(props.decisions);
  const may = entries.filter(([, decision]) => decision.allowed);
  const mayNot = entries.filter(([, decision]) => !decision.allowed);
  return (
    <div class="columns">
      <Part title={t.viewAs.may} decisions={may} actions={props.actions} heading={props.heading} isAllowed />
      <Part title={t.viewAs.mayNot} decisions={mayNot} actions={props.actions} heading={props.heading} isAllowed={false} />
    </div>
  );
}

function Part(props: {
  title: string;
  decisions: [string, Explained][];
  actions: { name: string; title: string }[];
  heading: Heading;
  isAllowed: boolean;
}) {
  const { t, format } = useWords();
  const Title = props.heading;
  const titles = new Map(props.actions.map((action) => [action.name, action.title]));
  return (
    <div>
      <Title>{props.title}</Title>
      {props.decisions.length === 0 ? (
        <p class="muted">{t.viewAs.none}</p>
      ) : (
        <ul class={props.isAllowed ? "may" : "may-not"}>
          {props.decisions.map(([action, decision]) => (
            <li key={action} data-action={action} data-reason={decision.reason}>
              {format.catalogue(titles.get(action) ?? action)}
              <span class="reason muted">{format.reason(decision.reason)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
