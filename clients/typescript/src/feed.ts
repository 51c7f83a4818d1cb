// What a cache knows of the feed of changes: whether it may be relied on now, and what changed while a request was
// under way.

/** A request that is under way, and what the feed told meanwhile. */
export class Flight {
  readonly changed = new Set<string>();
  allChanged = false;

  /** `run` is the run of the feed in which the request was sent. */
  constructor(readonly run: number) {}

  /** Whether an answer about these users may be older than what the feed told. */
  isOvertaken(check: { viewer: string; subject: string }): boolean {
    return this.allChanged || this.changed.has(check.viewer) || this.changed.has(check.subject);
  }
}

/** The state of the feed. A run is a time in which no change was missed. */
export class FeedState {
  #run = 0;
  #isFollowed = false;
  #caughtUpAt = -Infinity;
  readonly #flights = new Set<Flight>();

  /** `staleAfter`: milliseconds for which the feed is relied on after it was caught up. */
  constructor(private readonly staleAfter: number) {}

  /** Whether answers may be kept and used. */
  get isFresh(): boolean {
    return this.#isFollowed && performance.now() - this.#caughtUpAt <= this.staleAfter;
  }

  /** Everything after this moment is told. */
  begin(): void {
    this.#run++;
    this.#isFollowed = true;
  }

  /** Changes may be missed from now on. */
  end(): void {
    this.#run++;
    this.#isFollowed = false;
    this.#caughtUpAt = -Infinity;
  }

  caughtUp(): void {
    this.#caughtUpAt = performance.now();
  }

  changed(user: string): void {
    for (const flight of this.#flights) flight.changed.add(user);
  }

  allChanged(): void {
    for (const flight of this.#flights) flight.allChanged = true;
  }

  takeOff(): Flight {
    const flight = new Flight(this.#run);
    this.#flights.add(flight);
    return flight;
  }

  land(flight: Flight): void {
    this.#flights.delete(flight);
  }

  /** Whether every change since the flight began was or will be told, and the feed is not late. */
  covers(flight: Flight): boolean {
    return this.isFresh && flight.run === this.#run;
  }
}
