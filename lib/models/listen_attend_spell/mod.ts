/**
 * Listen, attend and spell: `ListenAttendSpell` hears a sound and writes what was said, or what it means in another language;
 * `speechSeq2SeqLoss` of `@tome/tome/train` teaches it, and `generateFromSpeech` of `@tome/tome/generate` lets it write.
 *
 * @module
 */
export { loadListenAttendSpell, saveListenAttendSpell } from "./checkpoint.ts";
export { LISTEN_ATTEND_SPELL_PRESETS, type ListenAttendSpellConfig } from "./config.ts";
export { ListenAttendSpell } from "./model.ts";
