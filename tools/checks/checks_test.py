#!/usr/bin/env python3
"""The checks check themselves: planted violations are found, and sound trees pass."""

import pathlib
import tempfile
import unittest

import exports
import junit
import layers
import repository


class PlantedTree(unittest.TestCase):
    """Gives each test a folder of its own to plant files in."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def plant(self, path, content):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(content, encoding="utf-8")
        return pathlib.Path(path)


class Layers(PlantedTree):
    def findings(self, path, *includes):
        planted = self.plant(path, "".join(f"#include {include}\n" for include in includes))
        return layers.findings_in(self.root, [planted])

    def test_sound_includes_pass(self):
        self.plant("tools/custos/cli.h", "")
        for path, includes in {
            "src/custodian/custodian.cc": ['"custodian/x.h"', '"hsm/module.h"', '"registry/x.h"', '"custos/result.h"', "<sodium.h>"],
            "src/exchange/binance.cc": ['"exchange/venue.h"', '"facts/facts.h"', "<string>"],
            "hsm/module.cc": ['"hsm/module.h"', '"key/backend.h"', "<dlfcn.h>"],
            "include/custos/home.h": ['"custos/result.h"', "<string>"],
            "tools/custos/main.cc": ['"cli.h"', '"custos/custos.h"', "<CLI/CLI.hpp>"],
            "tests/base/x_test.cc": ['"custodian/custodian.h"', "<gtest/gtest.h>"],
        }.items():
            self.assertEqual(self.findings(path, *includes), [], path)

    def test_an_upward_include_is_found(self):
        self.assertIn("upward from base (L0) to key (L3)", self.findings("src/base/log.cc", '"key/algorithm.h"')[0])
        self.assertIn("upward from key (L3) to hsm (L4)", self.findings("src/key/key_id.cc", '"hsm/module.h"')[0])

    def test_angle_brackets_hide_nothing(self):
        self.assertIn("upward", self.findings("src/base/log.cc", "<key/algorithm.h>")[0])

    def test_a_sibling_include_is_found(self):
        self.assertIn("siblings (L4)", self.findings("hsm/slot.cc", '"registry/registry.h"')[0])
        self.assertIn("siblings (L3)", self.findings("src/exchange/binance.cc", '"authorise/grants.h"')[0])

    def test_a_public_header_with_an_internal_or_foreign_include_is_found(self):
        for include in ('"base/bytes.h"', "<sodium.h>", "<openssl/evp.h>", "<unistd.h>", '"result.h"'):
            self.assertIn("a public header", self.findings("include/custos/home.h", include)[0], include)

    def test_the_command_line_tool_reaching_inside_is_found(self):
        self.assertIn("command line tool", self.findings("tools/custos/main.cc", '"base/log.h"')[0])

    def test_a_path_with_dots_is_found(self):
        self.assertIn("..", self.findings("src/base/log.cc", '"../key/algorithm.h"')[0])

    def test_a_folder_that_is_no_layer_is_found(self):
        self.assertIn("no layer", self.findings("src/misc/x.cc")[0])
        self.assertIn("no layer", self.findings("src/x.cc")[0])

    def test_a_finding_names_its_line(self):
        self.assertTrue(self.findings("src/base/log.cc", "<string>", '"hsm/module.h"')[0].startswith("src/base/log.cc:2:"))


class Exports(unittest.TestCase):
    HEADER = """
    #define CUSTOS_EXPORT __attribute__((visibility("default")))
// CUSTOS_EXPORT void in_a_comment();
struct KeyName {
  std::string token;
  CUSTOS_EXPORT static Result<KeyName> parse(std::string_view text);
};
class CUSTOS_EXPORT Custodian {
  explicit Custodian(int x);
};
[[nodiscard]] CUSTOS_EXPORT std::string_view to_string(Errc code) noexcept;
"""
    PROMISED = {"custos::KeyName::parse", "custos::Custodian", "custos::to_string"}
    EXPORTED = ["custos::KeyName::parse(std::basic_string_view<char>)", "custos::Custodian::Custodian(int)",
                "custos::to_string(custos::Errc)", "vtable for custos::Custodian", "typeinfo name for custos::Custodian"]

    def test_promises_are_read_from_a_header(self):
        self.assertEqual(exports.promised_names(self.HEADER), self.PROMISED)

    def test_what_was_promised_passes(self):
        self.assertEqual(exports.compare(self.PROMISED, self.EXPORTED), [])

    def test_leaks_are_found(self):
        for leak in ("fmt::v9::format()", "std::vector<int>::~vector()", "custos::hsm_open()", "sqlite3_open",
                     "custos::Custodian::Impl::Impl()", "vtable for custos::Backend"):
            findings = exports.compare(self.PROMISED, self.EXPORTED + [leak])
            self.assertEqual(findings, [f"exported, but not marked in include/custos: {leak}"])

    def test_a_broken_promise_is_found(self):
        self.assertEqual(exports.compare(self.PROMISED, self.EXPORTED[1:]),
                         ["marked with CUSTOS_EXPORT, but not exported: custos::KeyName::parse"])


class Repository(PlantedTree):
    def test_violations_are_found(self):
        home = "/ho" + "me/"
        for path, content in {
            "docs/a.md": f"see {home}someone/x",
            "src/base/a.cc": "// TO" + "DO: later",
            "docs/key.pem": "-----BEGIN EC PRIVATE " + "KEY-----",
            "build/dev/x.txt": "made",
            "src/base/b.o": "made",
            "docs/big.txt": "x" * (repository.MAX_BYTES + 1),
        }.items():
            planted = self.plant(path, content)
            self.assertEqual(len(repository.findings_in(self.root, [planted])), 1, path)

    def test_sound_files_pass(self):
        files = [self.plant("tests/data/key.pem", "-----BEGIN PRIVATE " + "KEY-----"), self.plant("docs/a.md", "$HOME/x ./work/y")]
        self.assertEqual(repository.findings_in(self.root, files), [])


class Junit(PlantedTree):
    def summary(self, *cases):
        content = f'<testsuite name="x">{"".join(cases)}</testsuite>'
        return junit.summary([self.root / self.plant("dev.xml", content)])

    def test_counts(self):
        passed, failed, skipped = self.summary(
            '<testcase name="a" status="run"/>', '<testcase name="b" status="fail"><failure message=""/></testcase>',
            '<testcase name="c" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>')
        self.assertEqual((passed, [name for name, _ in failed], skipped), (1, ["dev: b"], 1))

    def test_a_test_that_could_not_run_has_failed(self):
        passed, failed, skipped = self.summary(
            '<testcase name="c" status="notrun"><skipped message="Unable to find executable"/></testcase>')
        self.assertEqual((passed, len(failed), skipped), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()
