import Recurrent
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A language model with a full softmax as its equations say, in double precision, one step at a time.
package struct PlainLanguageModel {
  package var layers: [ReferenceLayer]
  /// Of each layer; c stays zero where a cell has none.
  package var h: [[Double]]
  package var c: [[Double]]
  private let vectors: [[Double]]
  private let outputWeight: [[Double]]
  private let outputBias: [Double]

  package init(_ model: LanguageModel) {
    let configuration = model.configuration
    let parameters = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.tensor.scalars) })
    func numbers(_ name: String) -> [Double] { (parameters[name] ?? []).map(Double.init) }
    let (hidden, vocabulary) = (configuration.hidden, configuration.vocabulary)
    let features = configuration.embedding > 0 ? configuration.embedding : vocabulary
    layers = (0..<configuration.layers).map { layer in
      ReferenceLayer(
        configuration.cell, hidden: hidden,
        ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { numbers("rnn.\($0)_l\(layer)") },
        input: layer == 0 ? features : hidden)
    }
    h = layers.map { _ in [Double](repeating: 0, count: hidden) }
    c = h
    vectors =
      configuration.embedding > 0
      ? rows(parameters["embedding.weight"] ?? [], of: features)
      : (0..<vocabulary).map { token in (0..<vocabulary).map { $0 == token ? 1 : 0 } }
    outputWeight = rows(parameters[configuration.tied ? "embedding.weight" : "output.weight"] ?? [], of: hidden)
    outputBias = numbers("output.bias")
  }

  /// What the first layer reads of a token.
  package func vector(_ token: Int32) -> [Double] { vectors[Int(token)] }

  /// Takes one step of a layer, and the layers above it.
  package mutating func read(_ x: [Double], from first: Int = 0) {
    var x = x
    for layer in first..<layers.count {
      _ = layers[layer].run([x], h: &h[layer], c: &c[layer])
      x = h[layer]
    }
  }

  /// Of the last layer's h, in nats.
  package func crossEntropy(_ token: Int32) -> Double {
    let logits = zip(outputWeight, outputBias).map { row, bias in
      zip(row, h[h.count - 1]).reduce(bias) { $0 + $1.0 * $1.1 }
    }
    let most = logits.max() ?? 0
    return log(logits.reduce(0) { $0 + exp($1 - most) }) + most - logits[Int(token)]
  }
}
