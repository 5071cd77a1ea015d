/** The name or address that a distribution point's certificate is for. An IPv6 address stands in brackets in a URL. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replaceAll(/[[\]]/g, '');
}
