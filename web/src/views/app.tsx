// The centre as a whole: its views, and what stands above all of them.

import { useEffect, useRef } from "preact/hooks";
import type { Failure } from "../api/failure.js";
import { FailureNote } from "../parts/failure_note.js";
import { Receipt } from "../parts/receipt.js";
import { useUi } from "../parts/ui.js";
import { DataView } from "./data_view.js";
import { HistoryView } from "./history_view.js";
import { PeopleView } from "./people_view.js";
import { PreferencesView } from "./preferences_view.js";
import { SettingsView } from "./settings_view.js";
import { ViewAs } from "./view_as.js";

export const VIEWS = ["settings", "people", "as", "preferences", "history", "data"] as const;
/** A part of the centre. */
export type View = (typeof VIEWS)[number];

const BODIES: Record<View, () => preact.JSX.Element | null> = {
  settings: SettingsView,
  people: PeopleView,
  as: ViewAs,
  preferences: PreferencesView,
  history: HistoryView,
  data: DataView,
};

export interface AppProps {
  view: View;
  go: (view: View) => void;
  /** The receipt of an erasure that has just happened. */
  receipt: string | null;
}

export function App({ view, go, receipt }: AppProps) {
  const { centre, t } = useUi();
  if (centre.session === "erased") return <Erased receipt={receipt} />;
  const isRead = centre.settings.catalogue !== null;
  return (
    <>
      <Announcement />
      {centre.session === "signed_out" && <SignedOut />}
      {!isRead && centre.session === "signed_in" && !centre.failure && <p class="muted loading">{t.loading}</p>}
      {!isRead && centre.failure && centre.session === "signed_in" && <NotRead failure={centre.failure} />}
      {isRead && (
        <>
          <Navigation view={view} go={go} />
          {!centre.isLive && (
            <p class="note" role="status" part="interrupted">
              {t.failures.live}
            </p>
          )}
          <ViewBody view={view} />
        </>
      )}
    </>
  );
}

function Navigation({ view, go }: { view: View; go: (view: View) => void }) {
  const { t } = useUi();
  return (
    <nav aria-label={t.nav} part="nav">
      <ul>
        {VIEWS.map((it) => (
          <li key={it}>
            <button type="button" data-view={it} aria-current={it === view ? "page" : undefined} onClick={() => go(it)}>
              {t.views[it]}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The view, whose heading takes the focus when another one was chosen. */
function ViewBody({ view }: { view: View }) {
  const { t } = useUi();
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    heading.current?.focus();
  }, [view]);
  const Body = BODIES[view];
  return (
    <div class="view" part="view">
      <h2 ref={heading} tabIndex={-1}>
        {t.views[view]}
      </h2>
      <Body key={view} />
    </div>
  );
}

function Announcement() {
  const { centre } = useUi();
  return (
    <p class="hidden" role="status" aria-live="polite">
      {centre.announcement}
    </p>
  );
}

function SignedOut() {
  const { t, signIn } = useUi();
  return (
    <div class="note failure" role="alert" part="signed-out">
      <p>
        <strong>{t.failures.expired}</strong> {t.failures.expiredHelp}
      </p>
      {signIn && (
        <button type="button" class="primary" onClick={signIn}>
          {t.signIn.again}
        </button>
      )}
    </div>
  );
}

function NotRead({ failure }: { failure: Failure }) {
  const { centre } = useUi();
  return <FailureNote failure={failure} retry={() => void centre.start()} />;
}

function Erased({ receipt }: { receipt: string | null }) {
  const { t } = useUi();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div role="status">
      <h2 ref={heading} tabIndex={-1}>
        {t.data.deleted}
      </h2>
      {receipt && <Receipt receipt={receipt} />}
    </div>
  );
}
