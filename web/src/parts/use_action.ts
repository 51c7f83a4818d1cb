// An action of a view: whether it is under way, and how it failed.

import { useContext, useRef, useState } from "preact/hooks";
import { Failure } from "../api/failure.js";
import { UiContext } from "./ui.js";

export interface ActionState {
  isBusy: boolean;
  failure: Failure | null;
  /**
   * Carries out; a second call while one is under way does nothing, so that buttons need not be disabled and lose the
   * focus. Says whether it came about.
   */
  run: (action: () => Promise<unknown>) => Promise<boolean>;
  /** Carries out again what failed. */
  retry: (() => void) | undefined;
  clear: () => void;
}

export function useAction(): ActionState {
  const [isBusy, setBusy] = useState(false);
  const isUnderWay = useRef(false);
  const centre = useContext(UiContext)?.centre;
  const [failed, setFailed] = useState<{ failure: Failure; action: () => Promise<unknown> } | null>(null);
  const run = async (action: () => Promise<unknown>): Promise<boolean> => {
    if (isUnderWay.current) return false;
    isUnderWay.current = true;
    setBusy(true);
    setFailed(null);
    try {
      await action();
      return true;
    } catch (error) {
      const failure = Failure.from(error);
      setFailed({ failure, action });
      // It may concern more than this action, as an ended sign-in does.
      centre?.failed(failure);
      return false;
    } finally {
      isUnderWay.current = false;
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
