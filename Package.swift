// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "Recurrent",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Recurrent", targets: ["Recurrent"]),
    .executable(name: "rnn", targets: ["rnn"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CKernels"),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Recurrent", dependencies: ["Tensors"]),
    .executableTarget(
      name: "rnn",
      dependencies: [
        "Recurrent", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels"),
    .target(
      name: "TestSupport", dependencies: ["CKernels", "EmulatedKernels", "Recurrent"], path: "Tests/TestSupport"),
    .testTarget(name: "TensorsTests", dependencies: ["CKernels", "Tensors", "TestSupport"]),
    .testTarget(name: "RecurrentTests", dependencies: ["Recurrent", "TestSupport"]),
    .testTarget(name: "rnnTests", dependencies: ["rnn", "TestSupport"]),
  ]
)
