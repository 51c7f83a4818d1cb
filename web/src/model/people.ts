// Names and pictures of people, which the product provides. Privet knows ids only.

/** A person to show. */
export interface Person {
  id: string;
  name: string;
  /** The address of a picture. */
  picture?: string | undefined;
}

/** Turns ids into people. Whom it leaves out is shown by id. */
export type ResolvePeople = (ids: string[]) => Person[] | Promise<Person[]>;
/** Lets the user choose a person by the product's own means: an id, or null if they changed their mind. */
export type ChoosePerson = () => string | null | Promise<string | null>;

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** People of one call to the product's function: it may put them into an address. */
const AT_ONCE = 50;
/** Characters that turn the text around them: in a name they would turn the sentence. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

export class People {
  resolve: ResolvePeople | null = null;
  private readonly known = new Map<string, Person>();
  private readonly asked = new Set<string>();
  private wanted = new Set<string>();

  constructor(private readonly changed: () => void) {}

  /** Forgets everybody, after another function has been given. */
  reset(resolve: ResolvePeople | null): void {
    this.resolve = resolve;
    this.known.clear();
    this.asked.clear();
  }

  /** Everybody whose name is known. */
  get all(): Person[] {
    return [...this.known.values()];
  }

  /** The person, by id at first; asked for with all others that are drawn at the same time. */
  get(id: string): Person {
    const person = this.known.get(id);
    if (person) return person;
    if (this.resolve && !this.asked.has(id)) {
      this.asked.add(id);
      this.wanted.add(id);
      if (this.wanted.size === 1) queueMicrotask(() => void this.ask());
    }
    return { id, name: id };
  }

  /** The id that a text names: an id, or the name of somebody known. */
  find(text: string): string | null {
    const wanted = text.trim();
    if (isUuid(wanted)) return wanted.toLowerCase();
    const named = this.all.filter((it) => it.name.localeCompare(wanted, undefined, { sensitivity: "base" }) === 0);
    return named.length === 1 ? (named[0]?.id ?? null) : null;
  }

  private async ask(): Promise<void> {
    const { resolve, wanted } = this;
    this.wanted = new Set();
    const ids = [...wanted];
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      await this.askFor(ids.slice(first, first + AT_ONCE), resolve);
    }
  }

  private async askFor(ids: string[], resolve: ResolvePeople | null): Promise<void> {
    try {
      const people = (await resolve?.(ids)) ?? [];
      // Another function was given meanwhile.
      if (resolve !== this.resolve) return;
      for (const person of people) {
        const id = person.id.toLowerCase();
        const name = person.name.replace(TURNING, "").trim();
        if (name) this.known.set(id, { id, name, picture: person.picture });
      }
      this.changed();
    } catch {
      // Ids are shown; the product's function may know more the next time.
      for (const id of ids) this.asked.delete(id);
    }
  }
}
