/**
 * The superblock that mdadm writes on a member of a mirror (version 1.2, `struct mdp_superblock_1` of the kernel's md_p.h), for
 * kernels in which mdadm cannot make an array. It is read by the real blkid and mdadm.
 */

export interface RaidMember {
  /** A UUID: the array's. */
  readonly arrayId: string;
  readonly role: number;
  readonly members: number;
}

const headerBytes = 256;
const sectorsOfHeader = 8;

export function raidSuperblock({ arrayId, role, members }: RaidMember): Buffer {
  const block = Buffer.alloc(headerBytes + members * 2);
  block.writeUInt32LE(0xa92b4efc, 0);
  block.writeUInt32LE(1, 4);
  Buffer.from(arrayId.replaceAll('-', ''), 'hex').copy(block, 16);
  block.write('host:data', 32);
  block.writeUInt32LE(1, 72);
  block.writeBigUInt64LE(40_000n, 80);
  block.writeUInt32LE(members, 92);
  block.writeBigUInt64LE(2048n, 128);
  block.writeBigUInt64LE(40_000n, 136);
  block.writeBigUInt64LE(BigInt(sectorsOfHeader), 144);
  block.writeUInt32LE(role, 160);
  block.fill(role + 1, 168, 184);
  block.writeBigUInt64LE(1n, 200);
  block.writeBigUInt64LE(0xffffffffffffffffn, 208);
  block.writeUInt32LE(members, 220);
  for (let each = 0; each < members; each += 1) block.writeUInt16LE(each, headerBytes + each * 2);
  block.writeUInt32LE(checksumOf(block), 216);
  return block;
}

function checksumOf(block: Buffer): number {
  let sum = 0n;
  for (let at = 0; at < block.length; at += 4) sum += BigInt(block.readUInt32LE(at));
  return Number(((sum & 0xffffffffn) + (sum >> 32n)) & 0xffffffffn);
}
