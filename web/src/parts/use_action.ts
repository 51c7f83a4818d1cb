// An action of a view: whether it is under way, and how it failed.

import { useState } from "preact/hooks";
import { Failure } from "../api/failure.js";

export interface ActionState {
  isBusy: boolean;
  failure: Failure | null;
  /** Carries out; a second call while one is under way does nothing. Says whether it came about. */
  run: (action: () => Promise<unknown>) => Promise<boolean>;
  /** Carries out again what failed. */
  retry: (() => void) | undefined;
  clear: () => void;
}

export function useAction(): ActionState {
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<{ failure: Failure; action: () => Promise<unknown> } | null>(null);
  const run = async (action: () => Promise<unknown>): Promise<boolean> => {
    if (isBusy) return false;
    setBusy(true);
    setFailed(null);
    try {
      await action();
      return true;
    } catch (error) {
      setFailed({ failure: Failure.from(error), action });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return {
    isBusy,
    failure: failed?.failure ?? null,
    run,
    retry: failed ? () => void run(failed.action) : undefined,
    clear: () => setFailed(null),
  };
}
