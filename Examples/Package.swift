// swift-tools-version: 6.1

import PackageDescription

let names = ["HiHello", "IfYouWant", "BuildAShip"]

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "recurrent", path: "..")],
  targets: names.map {
    .executableTarget(name: $0, dependencies: [.product(name: "Recurrent", package: "recurrent")])
  }
)
