/** Bounds how many new machines a minute are noted in the database: anyone on the network can make up MAC addresses. */
const perMinute = 120;

/** @returns a function that says whether one more may be noted, and counts it */
export function createNoteLimit(now: () => number): () => boolean {
  let minute = 0;
  let noted = 0;
  return () => {
    const current = Math.floor(now() / 60_000);
    if (current !== minute) {
      minute = current;
      noted = 0;
    }
    noted += 1;
    return noted <= perMinute;
  };
}
