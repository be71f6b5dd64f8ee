// Test support: a certificate authority that lives in a temporary folder.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ambit::net::internal {

// Made with the openssl program; everything is removed with the object.
class TestCertificates {
 public:
  TestCertificates() {
    char folder[] = "/tmp/net_tls_XXXXXX";
    folder_ = ::mkdtemp(folder);
    authority("ca");
    authority("other");
    issue("server", "DNS:localhost,IP:127.0.0.1");
    issue("elsewhere", "DNS:elsewhere.example");
    issue("client", "DNS:client.example");
  }
  ~TestCertificates() { std::filesystem::remove_all(folder_); }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string certificate(const std::string& name) const { return folder_ + "/" + name + ".pem"; }
  std::string key(const std::string& name) const { return folder_ + "/" + name + ".key"; }
  // False when the openssl program failed.
  bool made() const { return made_; }

 private:
  static constexpr const char* kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

  void run(const std::string& arguments) {
    const std::string command = "cd " + folder_ + " && openssl " + arguments + " 2>openssl.log";
    made_ = std::system(command.c_str()) == 0 && made_;
  }
  void authority(const std::string& name) {
    run(std::string("req -x509") + kNewKey + " -days 2 -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".pem -addext basicConstraints=critical,CA:TRUE");
  }
  void issue(const std::string& name, const std::string& subject) {
    run(std::string("req") + kNewKey + " -subj /CN=" + name + " -keyout " + name + ".key -out " +
        name + ".csr -addext subjectAltName=" + subject);
    run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -days 2 -copy_extensions copy " +
        "-out " + name + ".pem");
  }

  std::string folder_;
  bool made_ = true;
};

}  // namespace ambit::net::internal
