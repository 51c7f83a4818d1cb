// A list that is read page by page.

import { Failure } from "../api/failure.js";

/** A page, and the cursor of the next one. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export class List<Item> {
  /** Null until it has been read. */
  items: Item[] | null = null;
  failure: Failure | null = null;
  isReading = false;
  private next: string | null = null;
  private wantsAgain = false;

  constructor(
    private readonly readPage: (cursor: string | undefined) => Promise<Page<Item>>,
    private readonly changed: () => void,
    /** Whether all pages are read at once. */
    private readonly isWhole = false,
  ) {}

  get hasMore(): boolean {
    return this.next !== null;
  }

  /** Reads it anew, as far as it had been read. What was there stays until then. */
  async read(): Promise<void> {
    if (this.isReading) {
      this.wantsAgain = true;
      return;
    }
    const wanted = this.items?.length ?? 0;
    await this.attempt(async () => {
      let items: Item[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<Item> = await this.readPage(cursor ?? undefined);
        items = [...items, ...page.items];
        cursor = page.next;
      } while (cursor !== null && (this.isWhole || items.length < wanted));
      this.items = items;
      this.next = cursor;
    });
    if (this.wantsAgain) {
      this.wantsAgain = false;
      await this.read();
    }
  }

  /** Reads the next page. */
  async readMore(): Promise<void> {
    const cursor = this.next;
    if (cursor === null || this.isReading) return;
    await this.attempt(async () => {
      const page = await this.readPage(cursor);
      this.items = [...(this.items ?? []), ...page.items];
      this.next = page.next;
    });
  }

  private async attempt(reading: () => Promise<void>): Promise<void> {
    this.isReading = true;
    this.changed();
    try {
      await reading();
      this.failure = null;
    } catch (error) {
      this.failure = Failure.from(error);
    }
    this.isReading = false;
    this.changed();
  }
}
