// swift-tools-version: 6.1

import PackageDescription

/// Each example, and the data beside it.
let examples = [
  ("HiHello", []), ("IfYouWant", []), ("BuildAShip", []), ("SpamFilter", ["messages.tsv"]),
  ("NameTagger", ["names.conll"]), ("Bakery", ["loaves.csv"]), ("DateNormaliser", []),
]

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "recurrent", path: "..")],
  targets: examples.map { name, data in
    .executableTarget(name: name, dependencies: [.product(name: "Recurrent", package: "recurrent")], exclude: data)
  } + [
    .executableTarget(name: "Cells", dependencies: [.product(name: "Recurrent", package: "recurrent")], path: "Cells")
  ]
)
