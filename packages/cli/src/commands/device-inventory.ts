/** `ostler device inventory`: what a computer is made of, what has changed of it, and the document that queries see. */
import type { ApiCommand } from '../command.ts';
import { resolveId } from '../resolve.ts';
import { historyText, inventoryText } from './inventory-text.ts';

export const inventoryCommands: readonly ApiCommand[] = [
  {
    words: 'device inventory',
    summary: 'Show what a computer is made of, as its agent last reported it',
    arguments: ['<device>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const inventory = await context.client.call('inventory.get', { params: { id } }, context.signal);
      context.output.result(inventory, () => inventoryText(inventory));
    },
  },
  {
    words: 'device inventory-history',
    summary: 'Show what has changed of a computer’s inventory, the newest first',
    arguments: ['<device>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const { items } = await context.client.call('inventory.history', { params: { id } }, context.signal);
      context.output.result(items, () => historyText(items));
    },
  },
  {
    words: 'device document',
    summary: 'Print a computer as the one document that queries see',
    arguments: ['<device>'],
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'device', name);
      const document = await context.client.call('inventory.document', { params: { id } }, context.signal);
      context.output.result(document, () => JSON.stringify(document, null, 2));
    },
  },
];
