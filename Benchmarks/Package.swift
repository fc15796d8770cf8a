// swift-tools-version: 6.1

import PackageDescription

// `swift package --package-path Benchmarks benchmark`
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "Recurrent", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [.target(name: "AllocationCounter")]
    + ["Kernels", "TrainingStep"].map { name in
      .executableTarget(
        name: name,
        dependencies: [
          "AllocationCounter", .product(name: "Recurrent", package: "Recurrent"),
          .product(name: "Benchmark", package: "benchmark"),
        ],
        path: "Benchmarks/\(name)",
        plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    }
)
