/** Steps of the category Drivers (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id, Name } from '../common.ts';
import { bootImage, type StepFactsOf } from './shared.ts';

export const driversOptions = {
  'auto-apply-drivers': z.strictObject({
    /** Of several driver packages for one device the most specific one, or all. OSDAutoApplyDriverBestMatch wins. */
    match: z.enum(['best', 'all']).default('best'),
    /** Only driver packages of one of these; none: of any. OSDAutoApplyDriverCategoryList, with commas, wins. */
    categories: z.array(Name).max(50).default([]),
  }),
  /** The whole driver package, whatever devices it is for. */
  'apply-driver-package': z.strictObject({ packageId: Id }),
} satisfies Record<string, z.ZodType>;

export const driversFacts = {
  'auto-apply-drivers': { title: 'Auto Apply Drivers', environments: bootImage, interrupted: 'repeat' },
  'apply-driver-package': { title: 'Apply Driver Package', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof driversOptions>;
