// A list that is read page by page: its items, what stands there while there are none, and more on demand.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { List } from "../model/list.js";
import { FailureNote } from "./failure_note.js";
import { useKeptFocus } from "./focus.js";
import { useUi } from "./ui.js";

export function ListView<Item>(props: {
  list: List<Item>;
  label: string;
  empty: string;
  keyOf: (item: Item) => string;
  item: (item: Item) => ComponentChildren;
}) {
  const { t } = useUi();
  const { list } = props;
  const box = useKeptFocus<HTMLDivElement>();
  useEffect(() => {
    if (list.items === null && !list.isReading) void list.read();
  }, [list]);
  return (
    <div ref={box}>
      {list.failure && <FailureNote failure={list.failure} retry={() => void list.read()} />}
      {list.items === null && !list.failure && <p class="muted loading">{t.loading}</p>}
      {list.items?.length === 0 && <p class="muted">{props.empty}</p>}
      {list.items && list.items.length > 0 && (
        <ul class="rows" aria-label={props.label}>
          {list.items.map((item) => (
            <li key={props.keyOf(item)}>{props.item(item)}</li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <button type="button" aria-disabled={list.isReading} onClick={() => void list.readMore()}>
          {t.more}
        </button>
      )}
    </div>
  );
}
