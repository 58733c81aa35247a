/**
 * Generative adversarial networks of images: a `Generator` and a `Critic`, of matrices or of convolutions (DCGAN), with
 * classes (conditional GAN) or without; `AdversarialTrainer` of `@tome/tome/train` trains them.
 *
 * @module
 */
export { loadCritic, loadGenerator, saveGAN } from "./checkpoint.ts";
export type { GANConfig } from "./config.ts";
export { Critic, Generator } from "./model.ts";
