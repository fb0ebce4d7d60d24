export function provideCluster(folder: string): Promise<void>;
