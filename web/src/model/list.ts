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
  private next: string | null = null;
  private reading: Promise<void> | null = null;
  private wantsAgain = false;
  /** Counts what the list is of. Answers about what it was of before are not taken. */
  private subject = 0;

  constructor(
    private readonly readPage: (cursor: string | undefined) => Promise<Page<Item>>,
    private readonly changed: () => void,
    /** Whether all pages are read at once. */
    private readonly isWhole = false,
  ) {}

  get hasMore(): boolean {
    return this.next !== null;
  }

  get isReading(): boolean {
    return this.reading !== null;
  }

  /**
   * Reads it anew, as far as it had been read. What was there stays until then. A call during another one waits for a
   * read that begins after it.
   */
  read(): Promise<void> {
    if (!this.reading) return this.begin(() => this.readAll());
    this.wantsAgain = true;
    return this.reading;
  }

  /** Forgets what was read, because the list is of something else now, and reads that. */
  restart(): Promise<void> {
    this.subject++;
    this.items = null;
    this.next = null;
    this.failure = null;
    return this.read();
  }

  /** Reads the next page. */
  async readMore(): Promise<void> {
    const cursor = this.next;
    if (cursor === null || this.reading) return;
    await this.begin(async () => {
      const page = await this.readPage(cursor);
      return { items: [...(this.items ?? []), ...page.items], next: page.next };
    });
  }

  private async readAll(): Promise<Page<Item>> {
    const wanted = this.items?.length ?? 0;
    let items: Item[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Item> = await this.readPage(cursor ?? undefined);
      items = [...items, ...page.items];
      cursor = page.next;
    } while (cursor !== null && (this.isWhole || items.length < wanted));
    return { items, next: cursor };
  }

  private begin(read: () => Promise<Page<Item>>): Promise<void> {
    this.reading = this.readUntilNew(read);
    this.changed();
    return this.reading;
  }

  private async readUntilNew(read: () => Promise<Page<Item>>): Promise<void> {
    do {
      this.wantsAgain = false;
      const { subject } = this;
      try {
        const { items, next } = await read();
        if (subject === this.subject) Object.assign(this, { items, next, failure: null });
      } catch (error) {
        if (subject === this.subject) this.failure = Failure.from(error);
      }
      read = () => this.readAll();
      this.changed();
    } while (this.wantsAgain);
    this.reading = null;
    this.changed();
  }
}
