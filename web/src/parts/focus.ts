// The focus, for people who use the keyboard: what has it may go when something was done, and must not take it along.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

/** Moves the focus to the heading of the part around an element. */
export function focusHeading(from: Element): void {
  const heading = from.closest("section, .view")?.querySelector<HTMLElement>("h2, h3");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

/** Moves the focus from a button that is about to go: to the control of its setting, else to the heading of its part. */
export function leave(event: Event): void {
  const button = event.currentTarget as Element;
  const control = button.closest("[data-setting]")?.querySelector<HTMLElement>("input, select, textarea");
  if (control) control.focus();
  else focusHeading(button);
}

/** A box that keeps the focus: when the element that has it is taken away, `give` finds another, by default the heading. */
export function useKeptFocus<Box extends HTMLElement>(give: (box: Box) => void = focusHeading): RefObject<Box | null> {
  const box = useRef<Box>(null);
  // Asked while everything still stands as it was drawn last.
  const hadFocus = box.current !== null && box.current.contains(focused(box.current));
  useLayoutEffect(() => {
    if (hadFocus && box.current && !focused(box.current)) give(box.current);
  });
  return box;
}

function focused(within: Element): Element | null {
  return (within.getRootNode() as ShadowRoot).activeElement;
}
