/** The shape of one entry of the error catalogue. */
export interface ErrorEntry {
  /** HTTP status the API answers with. */
  readonly status: number;
  /** One sentence; `{name}` is replaced by the fact of that name. */
  readonly text: string;
  /** What to do next, where there is something to do. */
  readonly hint?: string;
}
