// What a raw client hears, in lines; a test waits for one of them or for the end.

/** Texts without what is different each time. */
export const same = (text) => text.replace(/"sid":"[^"]*"/, '"sid":"…"').replace(/^0\{.*/, "0…");

export class Log {
  lines = [];
  #waiting = new Set();

  note(line) {
    this.lines.push(line);
    this.look();
  }

  /** Has those who wait look again, since something else has changed. */
  look() {
    for (const check of this.#waiting) check();
  }

  /** Ready when a line fits, the connection has closed, or nothing is left to wait for: `fits("")`. */
  until(fits) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`nothing fits: ${JSON.stringify(this.lines)}`)), 10_000);
      const check = () => {
        if (!this.lines.some((line) => fits(line) || line.startsWith("closed")) && !fits("")) return;
        clearTimeout(late);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}
