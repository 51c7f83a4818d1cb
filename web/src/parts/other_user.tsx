// Tells that another user has signed in, and that the page began anew.

import { useEffect, useRef } from "preact/hooks";
import { useWords } from "./ui.js";

/** Whether the notice is shown, and whether it takes the focus, because what had it is gone. */
export type OtherUserNotice = "none" | "shown" | "focused";

export function OtherUser({ notice }: { notice: OtherUserNotice }) {
  const { t } = useWords();
  const text = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (notice === "focused") text.current?.focus();
  }, []);
  if (notice === "none") return null;
  return (
    <p class="note" role="alert" part="other-user" tabIndex={-1} ref={text}>
      {t.failures.otherUser}
    </p>
  );
}
