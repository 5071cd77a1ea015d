/**
 * Whether a device is a member: members ⊆ limiting collection; one rule that holds is enough; exclude wins (feature map §1.8). Pure: rules and
 * devices come from the database through memberships.ts.
 */
import type { MembershipReason } from '@ostler/contract';
import type { CollectionNode } from './graph.ts';
import type { QuerySubject } from './query/query-subject.ts';

/** A device while it is asked about. */
export interface Candidate {
  readonly subject: QuerySubject;
  /** The collections that it was added to by hand. */
  readonly direct: ReadonlySet<string>;
  /** The collections that it is in, as far as is known: the built-in ones, and those that were asked before. */
  readonly memberOf: ReadonlySet<string>;
}

/** `unanswered`: a query was asked, had no answer, and no other rule let the device in. */
export interface Verdict {
  readonly isMember: boolean;
  readonly unanswered: boolean;
}

const outside: Verdict = { isMember: false, unanswered: false };
const inside: Verdict = { isMember: true, unanswered: false };

export function judge(node: CollectionNode, { subject, direct, memberOf }: Candidate): Verdict {
  if (!memberOf.has(node.limitingId)) return outside;
  for (const id of node.excludes) if (memberOf.has(id)) return outside;
  if (direct.has(node.id)) return inside;
  for (const id of node.includes) if (memberOf.has(id)) return inside;
  let unanswered = false;
  for (const { ask } of node.queries) {
    const answer = ask(subject);
    if ('problem' in answer) unanswered = true;
    else if (answer.holds) return inside;
  }
  return { isMember: false, unanswered };
}

/** The same with every reason, for people. @param nameOf names collections */
export function explain(node: CollectionNode, candidate: Candidate, nameOf: (id: string) => string): MembershipReason[] {
  const { subject, direct, memberOf } = candidate;
  const other = (kind: MembershipReason['kind'], id: string): MembershipReason => {
    return { kind, text: nameOf(id), holds: memberOf.has(id), problem: '' };
  };
  return [
    other('limiting', node.limitingId),
    ...node.excludes.map((id) => other('exclude', id)),
    ...(direct.has(node.id) ? [{ kind: 'direct', text: '', holds: true, problem: '' } as const] : []),
    ...node.includes.map((id) => other('include', id)),
    ...node.queries.map(({ text, ask }): MembershipReason => {
      const answer = ask(subject);
      return 'problem' in answer
        ? { kind: 'query', text, holds: null, problem: answer.problem }
        : { kind: 'query', text, holds: answer.holds, problem: '' };
    }),
  ];
}
