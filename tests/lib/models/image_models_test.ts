import assert from "node:assert/strict";
import { KerasCNN, saveKerasCNN } from "@tome/tome/models/keras-cnn";
import { LeNet, saveLeNet } from "@tome/tome/models/lenet";
import { MLP_PRESETS, MLPClassifier, saveMLPClassifier } from "@tome/tome/models/mlp";
import { ResNet, RESNET_PRESETS } from "@tome/tome/models/resnet";
import { ViT, VIT_PRESETS } from "@tome/tome/models/vit";
import type { Module } from "@tome/tome/nn";
import { ShapeError } from "@tome/tome/tensor";
import { testOnDevices } from "../../_support/devices.ts";
import { assertImageModel, noise, SMALL } from "../../_support/image_models.ts";

assertImageModel({
  name: "LeNet",
  make: () => new LeNet({ numLabels: 3 }),
  images: [2, 28, 28, 1],
  save: saveLeNet,
});

assertImageModel({
  name: "KerasCNN",
  make: () => new KerasCNN({ ...SMALL, imageSize: 12, widths: [4, 8], dropout: 0 }),
  images: [3, 12, 12, 2],
  save: saveKerasCNN,
});

assertImageModel({
  name: "MLPClassifier",
  make: () => new MLPClassifier({ inFeatures: 32, hiddenDims: [16, 8], numLabels: 3 }),
  images: [3, 4, 4, 2],
  save: saveMLPClassifier,
});

testOnDevices("LeNet of today takes larger images with more channels", () => {
  using model = new LeNet({ ...SMALL, imageSize: 32, activation: "relu", pooling: "max" });
  assert.deepEqual(model.forward(noise([1, 32, 32, 2])).shape, [1, 3]);
  assert.throws(() => model.forward(noise([1, 28, 28, 2])), ShapeError);
});

testOnDevices("models have the published numbers of parameters", () => {
  const count = (make: () => Module) => {
    using model = make();
    return model.numParameters();
  };
  assert.equal(count(() => new LeNet({ numLabels: 10 })), 61_706);
  assert.equal(count(() => new KerasCNN({ numLabels: 10 })), 34_826);
  assert.equal(count(() => new ResNet(RESNET_PRESETS["resnet-20-cifar"])), 272_474);
  assert.equal(count(() => new ResNet(RESNET_PRESETS["resnet-8-cifar"])), 78_042);
  assert.equal(count(() => new ResNet(RESNET_PRESETS["resnet-18"])), 11_689_512);
  assert.equal(count(() => new MLPClassifier(MLP_PRESETS["keras-mnist"])), 101_770);
  assert.equal(count(() => new MLPClassifier(MLP_PRESETS.softmax)), 7850);
  assert.equal(count(() => new MLPClassifier(MLP_PRESETS.logistic)), 3);
  assert.equal(count(() => new ViT(VIT_PRESETS.digits)), 88_666);
}, ["wasm"]);

Deno.test("KerasCNN refuses images that are too small", () => {
  assert.throws(() => new KerasCNN({ ...SMALL, imageSize: 8 }), RangeError);
});
