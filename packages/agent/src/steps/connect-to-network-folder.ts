/** Connect To Network Folder: the SMSConnectNetworkFolder… variables, when set, win over the step's own options (feature map §2.4). */
import { OstlerError } from '@ostler/contract';
import { succeeded, type StepHandler } from './step-context.ts';

export const connectToNetworkFolder: StepHandler<'connect-to-network-folder'> = async (options, context) => {
  const { variables, networkFolders, signal } = context;
  await context.loadSecrets('SMSConnectNetworkFolderPassword');
  const path = variables.get('SMSConnectNetworkFolderPath') ?? variables.expand(options.path);
  const account = variables.get('SMSConnectNetworkFolderAccount') ?? variables.expand(options.account);
  const own = options.passwordVariable === undefined ? undefined : variables.get(options.passwordVariable);
  const password = variables.get('SMSConnectNetworkFolderPassword') ?? own;
  if (account !== '' && password === undefined && path.match(/^[/\\]{2}/)) {
    const variable = options.passwordVariable ?? 'SMSConnectNetworkFolderPassword';
    throw new OstlerError('VARIABLE_NOT_SET', { variable, purpose: `it should hold the password of ${account}` });
  }
  const mountPoint = variables.expand(options.mountPoint);
  if (!mountPoint.startsWith('/')) throw new OstlerError('FOLDER_NOT_ABSOLUTE', { path: mountPoint });
  await networkFolders.connect(
    { path, account, mountPoint, password: password ?? '', options: variables.expand(options.mountOptions) },
    signal,
  );
  return succeeded(`${path} at ${mountPoint}`, {});
};
