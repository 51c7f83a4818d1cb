// The staff page as a whole.

import { useState } from "preact/hooks";
import { useWords } from "../parts/ui.js";
import { ImportView } from "./import_view.js";
import { PersonView } from "./person_view.js";
import type { Support } from "./support.js";

export const ADMIN_VIEWS = ["person", "import"] as const;
export type AdminView = (typeof ADMIN_VIEWS)[number];

export function AdminApp(props: {
  support: Support;
  view: AdminView;
  go: (view: AdminView) => void;
  signIn: (() => void) | null;
}) {
  const { t } = useWords();
  const [reason, setReason] = useState("");
  return (
    <>
      {props.support.isSignedOut && (
        <div class="note failure" role="alert">
          <p>
            <strong>{t.failures.expired}</strong> {t.failures.expiredHelp}
          </p>
          {props.signIn && (
            <button type="button" class="primary" onClick={props.signIn}>
              {t.signIn.again}
            </button>
          )}
        </div>
      )}
      <nav aria-label={t.admin.title}>
        <ul>
          {ADMIN_VIEWS.map((view) => (
            <li key={view}>
              <button
                type="button"
                data-view={view}
                aria-current={view === props.view ? "page" : undefined}
                onClick={() => props.go(view)}
              >
                {t.admin.views[view]}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div class="view" hidden={props.view !== "person"}>
        <h2>{t.admin.views.person}</h2>
        <PersonView support={props.support} reason={reason} setReason={setReason} />
      </div>
      <div class="view" hidden={props.view !== "import"}>
        <h2>{t.admin.views.import}</h2>
        <ImportView support={props.support} />
      </div>
    </>
  );
}
