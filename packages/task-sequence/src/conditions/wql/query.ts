/** A WQL query as data. */
export type WqlLiteral = string | number | boolean | null;
export type WqlOperator = '=' | '<>' | '<' | '>' | '<=' | '>=';

/** A property as it is written, and where: the first character of the query is 1. */
export interface PropertyName {
  readonly name: string;
  readonly position: number;
}

export type WqlExpression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly WqlExpression[] }
  | { readonly kind: 'not'; readonly part: WqlExpression }
  | { readonly kind: 'compare'; readonly property: PropertyName; readonly operator: WqlOperator; readonly value: WqlLiteral }
  | { readonly kind: 'like'; readonly property: PropertyName; readonly pattern: string }
  | { readonly kind: 'is-null'; readonly property: PropertyName };

export interface WqlQuery {
  readonly className: PropertyName;
  /** null: `*`. */
  readonly properties: readonly PropertyName[] | null;
  readonly where: WqlExpression | null;
}
