/** A clock and whose clock it is, as an instant. */
import type { LocalTime } from '@ostler/contract';

/**
 * Milliseconds since 1970. A time that a change of the clocks leaves out is taken as much later as the clocks go forward; of one that
 * comes twice, the first counts (RFC 5545 §3.3.5).
 */
export function instantOf(time: LocalTime, timeZone: string): number {
  return Temporal.PlainDateTime.from(time).toZonedDateTime(timeZone).epochMilliseconds;
}
