import { describe, expect, test } from 'vitest';
import { parseWimXml } from './wim-xml.ts';

const windows = `<WIM><TOTALBYTES>5</TOTALBYTES><IMAGE INDEX="1"><DIRCOUNT>17254</DIRCOUNT><FILECOUNT>86400</FILECOUNT><TOTALBYTES>14785629842</TOTALBYTES>
<HARDLINKBYTES>6501330187</HARDLINKBYTES><CREATIONTIME><HIGHPART>0x01D7A0B8</HIGHPART><LOWPART>0xE73F5C21</LOWPART></CREATIONTIME><LASTMODIFICATIONTIME/>
<WINDOWS><ARCH>9</ARCH><PRODUCTNAME>Microsoft® Windows®</PRODUCTNAME><EDITIONID>Enterprise</EDITIONID><LANGUAGES><LANGUAGE>en-US</LANGUAGE>
<LANGUAGE>de-DE</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD><SPBUILD>1742</SPBUILD></VERSION></WINDOWS>
<NAME>Windows 11 &amp; &#220;bung &unknown;</NAME><FLAGS>Enterprise</FLAGS></IMAGE></WIM>`;

const bytesOf = (xml: string) => Buffer.from(`\uFEFF${xml}`, 'utf16le');

describe('the description inside a WIM', () => {
  test('of Windows gives edition, architecture, version, languages and times', () => {
    const [image] = parseWimXml(bytesOf(windows), 'install.wim');

    expect(image).toEqual({
      index: 1,
      name: 'Windows 11 & Übung &unknown;',
      description: undefined,
      edition: 'Enterprise',
      architecture: 'amd64',
      osVersion: '10.0.26100.1742',
      languages: ['en-US', 'de-DE'],
      sizeBytes: 14_785_629_842,
      hardLinkBytes: 6_501_330_187,
      fileCount: 86_400,
      directoryCount: 17_254,
      createdAt: '2021-09-03T11:43:24.483Z',
      modifiedAt: undefined,
      family: 'windows',
    });
  });

  test('of an unknown system is still an image', () => {
    const [image] = parseWimXml(bytesOf('<WIM><IMAGE INDEX="1"><WINDOWS/></IMAGE></WIM>'), 'a.wim');

    expect(image).toMatchObject({ name: '', family: 'unknown', languages: [], sizeBytes: 0 });
  });
});
