/** Made by `plugins/runtime.ts`. */
declare module "virtual:runtime" {
  const url: string;
  export default url;
}
