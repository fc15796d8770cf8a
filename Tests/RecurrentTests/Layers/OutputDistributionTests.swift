import Foundation
import Recurrent
import TestSupport
import Tensors
import Testing

/// Distributions against differences, sums and integrals of themselves, and draws.
@Suite struct OutputDistributionTests {
  static let all: [DistributionKind] = [
    .gaussian, .student, .negativeBinomial, .quantile([0.1, 0.5, 0.9]), .quantile(DistributionKind.defaultQuantiles),
  ]

  /// Numbers that a network may give.
  private func raws(_ kind: DistributionKind, _ count: Int) -> [[Double]] {
    var random = SequentialRandom(RandomKey(seed: 3))
    return (0..<count).map { _ in (0..<kind.output.parameterCount).map { _ in 2 * random.normal() } }
  }

  /// Central differences with h = 1e-5 are off by h² / 6 times the third derivative, which is below 1e3 here, and by
  /// the rounding of the loss over h.
  @Test(arguments: all) func derivatives(_ kind: DistributionKind) {
    let output = kind.output
    for raw in raws(kind, 20) {
      for (target, scale) in [(0.0, 1.0), (0.7, 10), (-2.3, 1), (5, 2), (40, 1)] {
        if kind == .negativeBinomial && target < 0 { continue }
        let (value, gradient) = output.loss(raw, target: target, scale: scale)
        for index in raw.indices {
          let h = 1e-5
          func moved(_ step: Double) -> Double {
            var raw = raw
            raw[index] += step
            return output.loss(raw, target: target, scale: scale).value
          }
          let slope = (moved(h) - moved(-h)) / (2 * h)
          let allowed = 1e-7 + 1e-8 * abs(gradient[index]) + 1e-10 * abs(value)
          #expect(abs(slope - gradient[index]) < allowed, "\(kind) \(raw) \(target) \(scale) [\(index)]")
        }
      }
    }
  }

  struct Raw: Module {
    var numbers: Tensor

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("numbers", &numbers)
    }
  }

  /// Through the tape, where missing outcomes count for nothing.
  @Test(arguments: all) func theOperation(_ kind: DistributionKind) {
    let width = kind.output.parameterCount
    let raw = Raw(numbers: RandomKey(seed: 4).uniform([2, 3, width], in: -1..<1))
    let targets = [3, .nan, 2, 5, .nan, 4]
    let scales = [1.0, 1, 2, 2, 2, 1]
    let loss = { (raw: Raw) in raw.numbers.distributionLoss(kind.output, targets: targets, scales: scales) }
    #expect(DerivativeCheck(raw, loss).worst < 1)
    let (value, gradients) = valueAndGradient(of: raw, loss)
    let rows = [0, 2, 3, 5]
    let alone = rows.map { row in
      kind.output.loss(
        (0..<width).map { Double(raw.numbers.scalars[row * width + $0]) }, target: targets[row], scale: scales[row]
      ).value
    }
    #expect(abs(Double(value.scalar) - alone.reduce(0, +) / 4) < 1e-6 * max(1, abs(Double(value.scalar))))
    let gradient = gradients.entries[0].tensor.scalars
    #expect([1, 4].allSatisfy { row in gradient[row * width..<(row + 1) * width].allSatisfy { $0 == 0 } })
    let none = valueAndGradient(of: raw) {
      $0.numbers.distributionLoss(kind.output, targets: Array(repeating: .nan, count: 6), scales: scales)
    }
    #expect(none.value.scalar == 0 && none.gradients.globalNorm == 0)
  }

  /// The densities are densities, and their quantiles and centres are where their integrals say. Simpson's rule on
  /// steps of a hundredth of the deviation is exact to 1e-8; a tail of Student's distribution is left out.
  @Test(arguments: [DistributionKind.gaussian, .student]) func densities(_ kind: DistributionKind) {
    let output = kind.output
    for raw in raws(kind, 5) {
      let h = 0.01 * (GaussianOutput().quantile(0.8413447460685429, raw, scale: 1) - raw[0])
      var (mass, below, mean) = (0.0, 0.0, 0.0)
      let edge = output.quantile(0.3, raw, scale: 1)
      let steps = 40_000
      for step in -steps...steps {
        let x = raw[0] + Double(step) * h
        let weight = abs(step) == steps ? 1.0 : step % 2 == 0 ? 2 : 4
        let density = Foundation.exp(-output.loss(raw, target: x, scale: 1).value) * weight * h / 3
        mass += density
        mean += density * x
        if x < edge { below += density }
      }
      #expect(abs(mass - 1) < 1e-4, "\(mass)")
      #expect(abs(mean - output.center(raw, scale: 1)) < 1e-2)
      // The edge lies within a step of where the sum is cut.
      #expect(abs(below - 0.3) < 0.01, "\(below)")
    }
  }

  @Test func countsHaveTheirProbabilities() {
    let output = NegativeBinomialOutput()
    for raw in raws(.negativeBinomial, 6) {
      for scale in [1.0, 7] {
        let mean = output.center(raw, scale: scale) * scale
        var (mass, first, second) = (0.0, 0.0, 0.0)
        var cumulative: [Double] = []
        for count in 0..<4000 {
          let p = Foundation.exp(-output.loss(raw, target: Double(count) / scale, scale: scale).value)
          mass += p
          first += p * Double(count)
          second += p * Double(count) * Double(count)
          cumulative.append(mass)
        }
        // α = softplus(r₁) / √scale
        let alpha = (Foundation.log(1 + Foundation.exp(raw[1])) + 1e-6) / scale.squareRoot()
        #expect(abs(mass - 1) < 1e-6 && abs(first - mean) < 1e-4 * max(1, mean))
        let variance = second - first * first
        #expect(abs(variance - mean - alpha * mean * mean) < 1e-2 * max(1, variance))
        for level in [0.05, 0.3, 0.5, 0.95] {
          let wanted = cumulative.firstIndex { $0 >= level - 1e-9 } ?? -1
          #expect(abs(output.quantile(level, raw, scale: scale) * scale - Double(wanted)) < 1e-6)
        }
      }
    }
  }

  /// Draws lie below a quantile as often as it says: four standard deviations of a part of 4,000.
  @Test(arguments: all) func draws(_ kind: DistributionKind) {
    let output = kind.output
    var random = SequentialRandom(RandomKey(seed: 8))
    for raw in raws(kind, 5) {
      let drawn = (0..<4000).map { _ in output.sample(raw, scale: 50, &random) }
      for level in [0.25, 0.5, 0.8] {
        let edge = output.quantile(level, raw, scale: 50)
        let (under, upTo) = (drawn.count { $0 < edge - 1e-12 }, drawn.count { $0 <= edge + 1e-12 })
        let slack = 4 * (level * (1 - level) / 4000).squareRoot()
        #expect(
          Double(under) / 4000 <= level + slack && Double(upTo) / 4000 >= level - slack, "\(kind) \(raw) \(level)")
      }
    }
  }

  @Test(arguments: all) func manyQuantilesAreThoseOfEach(_ kind: DistributionKind) {
    let levels = [0.01, 0.05, 0.5, 0.7, 0.99]
    let many = kind.output.quantiles(levels)
    for raw in raws(kind, 30) {
      for (one, all) in zip(levels.map { kind.output.quantile($0, raw, scale: 3) }, many(raw, 3)) {
        #expect(abs(one - all) <= 1e-5 * max(1, 10 * abs(raw.last ?? 0), abs(one)), "\(kind) \(raw)")
      }
    }
  }

  @Test func quantilesThatCross() {
    let output = QuantileOutput(levels: [0.1, 0.5, 0.9])
    let values = [0.05, 0.1, 0.3, 0.5, 0.7, 0.95].map { output.quantile($0, [3, 1, 2], scale: 1) }
    for (value, wanted) in zip(values, [1, 1, 1.5, 2, 2.5, 3]) { #expect(abs(value - wanted) < 1e-12) }
    #expect(DistributionKind.quantile([0.1, 0.9]).flaw != nil && DistributionKind.quantile([0.5, 0.1]).flaw != nil)
    #expect(DistributionKind.quantile([0, 0.5]).flaw != nil && DistributionKind.quantile([0.5]).flaw == nil)
  }

  /// Whatever a network gives, and whatever comes.
  @Test(arguments: all) func losesNoNumber(_ kind: DistributionKind) {
    let output = kind.output
    for number in [-1e4, -700, -30, 0, 30, 700, 1e4] {
      for target in [0, 1, 1e6, kind == .negativeBinomial ? 3 : -1e6] {
        for scale in [1e-9, 1, 1e9] {
          let raw = Array(repeating: number, count: output.parameterCount)
          let (value, gradient) = output.loss(raw, target: target, scale: scale)
          #expect(value.isFinite && gradient.allSatisfy { Float($0).isFinite }, "\(kind) \(number) \(target) \(scale)")
          #expect(output.center(raw, scale: scale).isFinite && output.quantile(0.9, raw, scale: scale).isFinite)
        }
      }
    }
  }
}
